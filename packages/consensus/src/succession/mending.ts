// What was decided here, and the own disk has changed before the state machine had it: another member's copy takes its place. The
// log is not cut for it and nothing is skipped: the state machine waits, and this member asks the others in turn.
//
// The surprising thing: whoever is asked need not know that the entry is decided. The one who asks does, by its epoch, index and
// round, and these name one value for ever, in every protocol. So one that merely accepted it can help, too.
import { following, shift } from '../arithmetic.js';
import type { Entry, Index, NodeId } from '../types.js';
import type { Mend, Mended } from './messages.js';
import { type SuccessionState, say } from './state.js';
import { offerState } from './witness.js';

/** A few sectors' worth of entries: rot seldom strikes more. */
const ANSWER_BYTES_MAX = 64 << 10;

const NONE: readonly Entry[] = [];

/** At the end of a turn. @param found by the replica */
export function noteUnreadable(state: SuccessionState, found: Index | undefined): Index | undefined {
  if (state.unreadable !== undefined && state.unreadable <= state.delivered) state.unreadable = undefined;
  if (found !== undefined && found !== state.unreadable) {
    state.unreadable = found;
    state.repeatAt = 0;
  }
  return state.unreadable;
}

/** Now and then, of each in turn: not everybody has it. */
export function askForCopy(state: SuccessionState): void {
  const { unreadable, stage, installing, options, self, lost } = state;
  if (unreadable === undefined || installing !== undefined) return;
  const epoch = options.log.epochAt(unreadable);
  const others = [...stage.voters, ...stage.learners].filter((id) => id !== self && !lost.has(id));
  const asked = others[state.turns++ % others.length];
  if (epoch !== undefined && asked !== undefined) say(state, asked, { kind: 'mend', epoch, from: unreadable });
}

export function onMend(state: SuccessionState, from: NodeId, { epoch, from: first }: Mend): void {
  const { log } = state.options;
  if (log.base.index >= first) return offerState(state, from);
  if (log.epochAt(first) !== epoch) return;
  const entries = log.read(first, log.lastIndex, ANSWER_BYTES_MAX).filter(({ index }) => log.epochAt(index) === epoch);
  if (entries.length > 0) say(state, from, { kind: 'mended', epoch, entries });
}

export function onMended(state: SuccessionState, message: Mended): void {
  const { phase } = state;
  const entries = matching(state, message);
  if (entries.length === 0) return;
  if (phase.kind === 'running' && state.delivered >= state.start) phase.engine.step({ kind: 'mended', entries });
  else state.mended = entries;
}

/** Of a stage that has ended. @param through what is known to be decided */
export function takeMended(state: SuccessionState, through: Index): readonly Entry[] {
  const { mended } = state;
  if (mended[0]?.index !== following(state.delivered)) return NONE;
  state.mended = NONE;
  return mended.filter(({ index }) => index <= through);
}

/** From the one that is missing on, as far as it is what stands in the own log. */
function matching({ unreadable, options: { log } }: SuccessionState, { epoch, entries }: Mended): readonly Entry[] {
  if (unreadable === undefined) return NONE;
  let count = 0;
  while (count < entries.length) {
    const { index, round } = entries[count]!;
    if (index !== shift(unreadable, count) || log.epochAt(index) !== epoch || log.roundAt(index) !== round) break;
    count++;
  }
  return entries.slice(0, count);
}
