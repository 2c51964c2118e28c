import { makeReady } from './ready/ready.mjs';

makeReady();
