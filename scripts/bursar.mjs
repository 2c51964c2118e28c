#!/usr/bin/env node
import { makeReady } from './ready/ready.mjs';

// The command runs in this process, so that signals reach it directly.
makeReady();
await import('../dist/apps/cli/start.js');
