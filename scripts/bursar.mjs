#!/usr/bin/env node
import { makeReady } from './ready/ready.mjs';

// The command runs in this process, so that signals reach it directly.
makeReady();
const { run } = await import('../dist/apps/bursar/main.js');
const exitCode = await run(process.argv.slice(2));
if (exitCode !== undefined) process.exitCode = exitCode;
