// One story in three protocols: the transcripts differ, the commands do not.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { type ProtocolName, protocols } from '../src/index.js';
import { describeTranscripts } from './support/golden.js';
import { runScript } from './support/script.js';

const NAMES: readonly ProtocolName[] = ['raft', 'paxos', 'zab'];

const commandsOf = (name: ProtocolName): readonly string[] =>
  readFileSync(new URL(`golden/side-by-side/${name}.txt`, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('> '));

describeTranscripts('side-by-side', (text, file) => runScript(protocols[file.replace('.txt', '') as ProtocolName], text));

it.each(NAMES)('%s runs the same commands as the others', (name) => {
  expect(commandsOf(name)).toEqual(commandsOf('raft'));
});
