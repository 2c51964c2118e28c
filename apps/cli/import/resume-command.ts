/**
 * The command that goes on with an import, as it can be pasted into a shell. Row ids are stable, so the same command
 * without `--from-row` is right too; this one does not send what was answered. A key is left out: it would stay in the
 * shell's history.
 */
export const resumeCommand = (args: readonly string[], nextRow: number): string => {
  const kept: string[] = [];
  for (let i = 0; i < args.length; i++) {
    if (/^--(key|from-row)$/.test(args[i])) i++;
    else if (!/^--(key|from-row)=/.test(args[i])) kept.push(args[i]);
  }
  return ['npm run bursar -- import', ...kept.map(quoted), '--from-row', String(nextRow)].join(' ');
};

const quoted = (arg: string): string => (/^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", `'\\''`)}'`);
