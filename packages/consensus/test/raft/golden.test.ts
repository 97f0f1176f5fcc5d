// Each transcript is a script and all that the replicas did: read them to see the protocol at work.
// `UPDATE_GOLDEN=1 npx vitest run packages/consensus` writes them anew; look at the difference before committing it.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { raft } from '../../src/index.js';
import { runScript } from '../support/script.js';

const FOLDER = fileURLToPath(new URL('../golden/raft/', import.meta.url));

describe('raft acts as its golden transcripts say', () => {
  for (const file of readdirSync(FOLDER).sort()) {
    it(file.replace('.txt', ''), () => {
      const expected = readFileSync(FOLDER + file, 'utf8');
      const actual = runScript(raft, expected);
      if (process.env.UPDATE_GOLDEN === '1') writeFileSync(FOLDER + file, actual);
      else expect(actual).toBe(expected);
    });
  }
});
