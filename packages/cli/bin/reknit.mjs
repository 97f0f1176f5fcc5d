#!/usr/bin/env node
// The `reknit` command. In a checkout it first builds what is not built, so that it works right after `npm ci`;
// as an installed package there are no sources and it starts at once.
import { fileURLToPath } from 'node:url';
import { buildIfStale } from './build-if-stale.mjs';

buildIfStale(fileURLToPath(new URL('../../..', import.meta.url)));
await import('../dist/main.js');
