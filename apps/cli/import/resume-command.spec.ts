import assert from 'node:assert/strict';
import { resumeCommand } from './resume-command.js';

describe('the command that goes on', () => {
  it('repeats the options, quoted for a shell, without the key and with the next row', () => {
    const args = [
      "Bob's file.csv",
      '--key',
      'secret',
      '--zone',
      'UTC',
      '--from-row=3',
      '--key=secret',
      '--map',
      'occurredAt=Start Time',
    ];
    assert.equal(
      resumeCommand(args, 2_001),
      `npm run bursar -- import 'Bob'\\''s file.csv' --zone UTC --map 'occurredAt=Start Time' --from-row 2001`,
    );
  });
});
