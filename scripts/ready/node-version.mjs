const oldest = [20, 19];

/** Stops with a sentence when this Node.js is older than the service runs on. */
export const requireNode = () => {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return;
  console.error(
    `Bursar needs Node.js ${oldest.join('.')} or newer, and this is ${process.versions.node}.\n` +
      'Install a current one from https://nodejs.org and try again.',
  );
  process.exit(1);
};
