import type { Mutant } from '../mutant.js';
import { KEY_SPACE_MUTANTS } from './key-space.js';
import { LOG_MUTANTS } from './log.js';
import { PAXOS_MUTANTS } from './paxos.js';
import { RAFT_MUTANTS } from './raft.js';
import { STORE_MUTANTS } from './store.js';
import { SUCCESSION_MUTANTS } from './succession.js';
import { ZAB_MUTANTS } from './zab.js';

export const MUTANTS: readonly Mutant[] = [
  ...RAFT_MUTANTS,
  ...PAXOS_MUTANTS,
  ...ZAB_MUTANTS,
  ...SUCCESSION_MUTANTS,
  ...LOG_MUTANTS,
  ...KEY_SPACE_MUTANTS,
  ...STORE_MUTANTS,
];
