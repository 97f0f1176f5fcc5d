// Each transcript is a script and all that the replicas did: read them to see the protocol at work.
// `UPDATE_GOLDEN=1 npx vitest run packages/consensus` writes them anew; look at the difference before committing it.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Protocol } from '../../src/index.js';
import { runScript } from './script.js';

export function describeGolden<Message>(protocol: Protocol<Message>): void {
  describeTranscripts(protocol.name, (text) => runScript(protocol, text));
}

/** @param folder below `golden` @param run gives the whole transcript anew from the commands in it */
export function describeTranscripts(folder: string, run: (text: string, file: string) => string): void {
  const path = fileURLToPath(new URL(`../golden/${folder}/`, import.meta.url));
  describe(`${folder} acts as its golden transcripts say`, () => {
    for (const file of readdirSync(path).sort()) {
      it(file.replace('.txt', ''), () => {
        const expected = readFileSync(path + file, 'utf8');
        const actual = run(expected, file);
        if (process.env.UPDATE_GOLDEN === '1') writeFileSync(path + file, actual);
        else expect(actual).toBe(expected);
      });
    }
  });
}
