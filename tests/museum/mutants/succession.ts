// What goes wrong when the voters change: two configurations act at once, or neither can.
import type { Mutant } from '../mutant.js';

const common = { part: 'succession', ground: { kind: 'stages' } } as const;
const STOPPABLE = 'https://lamport.azurewebsites.net/pubs/reconfiguration-tutorial.pdf';

export const SUCCESSION_MUTANTS: readonly Mutant[] = [
  {
    ...common,
    name: 'applied-beyond-the-stop-sign',
    why: 'What a configuration decides after its end is applied, while the next one decides other entries for the same places.',
    reference: { text: 'Lamport, Malkhi, Zhou 2010, Reconfiguring a State Machine: stoppable state machines', url: STOPPABLE },
    edits: [
      {
        file: 'packages/consensus/src/succession/ending.ts',
        find: 'effects.commit.slice(0, at + 1)',
        replace: 'effects.commit.slice()',
      },
      {
        file: 'packages/consensus/src/succession/ending.ts',
        find: 'endNamedBy(state, last!)',
        replace: 'endNamedBy(state, commit[at]!)',
      },
    ],
  },
  {
    ...common,
    name: 'old-members-leave-early',
    why: 'Who is removed goes as soon as it knows it, before a majority of those who stay has begun: nobody holds the past any more.',
    reference: { text: 'Lamport, Malkhi, Zhou 2010, Reconfiguring a State Machine', url: STOPPABLE },
    edits: [
      {
        file: 'packages/consensus/src/succession/witness.ts',
        find: 'witness?.decided === true',
        replace: 'witness !== undefined',
      },
    ],
  },
];
