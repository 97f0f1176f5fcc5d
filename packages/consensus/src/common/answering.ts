// How a follower answers its leader, in every protocol. An answer that names what is held promises that a crash takes back neither
// that nor the round it was accepted in: were the round lost, an older leader could still overwrite it. So it leaves with the
// store effect, except that the heartbeat's sequence, which promises nothing, is answered at once with what is durable already: reads
// do not wait for the disk. All of a turn's messages share one answer.
import type { NodeId } from '../types.js';
import { type Core, roundIsDurable } from './core.js';

export interface Owing {
  /** Of the leader's sequences, the last answered in this round. */
  answeredSequence: number;
  /** The sequence to answer it with. */
  answerOwed: number | undefined;
}

/** What a protocol's answers say. */
export interface Answers<State, Message> {
  /** All that the answer promises beside the round is durable. */
  isDurable(state: State): boolean;
  /** As all that is held will have become durable. */
  whole(state: State, sequence: number): Message;
  /** As it is durable now. */
  durablePart(state: State, sequence: number): Message;
}

type Answering<Message> = Owing &
  Pick<Core, 'promises' | 'round'> & {
    readonly outbox: { send(to: NodeId, message: Message): void; sendOnceStored(to: NodeId, message: Message): void };
  };

/** At the end of a turn. @param storing whether this turn makes a store effect, on which a promise can ride */
export function answerLeader<Message, State extends Answering<Message>>(
  state: State,
  leader: NodeId,
  storing: 'storing' | 'not-storing',
  answers: Answers<State, Message>,
): void {
  const sequence = state.answerOwed;
  if (sequence === undefined) return;
  const { outbox } = state;
  const durable = roundIsDurable(state);
  if (durable && answers.isDurable(state)) {
    outbox.send(leader, answers.whole(state, sequence));
    return answered(state, sequence);
  }
  if (durable && sequence > state.answeredSequence) {
    outbox.send(leader, answers.durablePart(state, sequence));
    state.answeredSequence = sequence;
  }
  if (storing === 'not-storing') return;
  outbox.sendOnceStored(leader, answers.whole(state, sequence));
  answered(state, sequence);
}

/** @param sequence the last answered, where the leader's message has none of its own */
export function oweAnswer(state: Owing, sequence: number = state.answeredSequence): void {
  state.answerOwed = Math.max(state.answerOwed ?? 0, sequence);
}

/** Of a message that brings nothing else: a repetition is not answered. */
export function noteSequence(state: Owing, sequence: number): void {
  if (sequence > state.answeredSequence) oweAnswer(state, sequence);
}

/** Of another round, or of none. */
export function forgetAnswers(state: Owing): void {
  state.answeredSequence = 0;
  state.answerOwed = undefined;
}

function answered(state: Owing, sequence: number): void {
  state.answeredSequence = Math.max(state.answeredSequence, sequence);
  state.answerOwed = undefined;
}
