#!/usr/bin/env node
import { runBursar } from './run.mjs';

await runBursar(process.argv.slice(2));
