import { makeBuilt } from './ready/ready.mjs';

makeBuilt();
