// The effects of a succession as text. `n1(2)` is n1 by its replica of epoch 2; what it says about stages has no epoch in brackets.
import type { ControlMessage, HandOver, NodeId, Stage, StageEnd, SuccessionEffects, SuccessionStatus } from '../../src/index.js';
import { describeEntry, describeOutbound, describeStore } from './describe.js';

export function describeSuccession(id: NodeId, effects: SuccessionEffects): string[] {
  const replica = `${id}(${effects.epoch})` as NodeId;
  const lines = effects.send.map((outbound) => `${replica} sends ${describeOutbound(outbound)}`);
  for (const { to, message } of effects.control) lines.push(`${id} tells ${to} ${describeControl(message)}`);
  if (effects.store !== undefined) lines.push(...describeStore(replica, effects.store));
  if (effects.begin !== undefined) lines.push(`${id} begins ${describeStage(effects.begin.stage)} after ${effects.begin.index}`);
  if (effects.prepare !== undefined) lines.push(`${id} notes plan ${effects.prepare.plan}`);
  if (effects.commit.length > 0) lines.push(`${id} decides ${effects.commit.map(describeEntry).join(' ')}`);
  if (effects.ended !== undefined) lines.push(`${id} has all of ${describeEnd(effects.ended)}`);
  for (const read of effects.reads) lines.push(`${id} read ${read.token} ${read.ok ? `at ${read.index}` : 'fails'}`);
  if (effects.install !== undefined) lines.push(`${id} fetches a snapshot from ${effects.install.from}`);
  if (effects.unreadable !== undefined) lines.push(`${id} cannot read ${effects.unreadable}`);
  return lines;
}

export function describeStatus(id: NodeId, status: SuccessionStatus): string {
  const { epoch, protocol, role, round, leader, commit, last, ready, phase, handOver } = status;
  const replica = `${role} round=${round} leader=${leader ?? '-'} commit=${commit} last=${last}`;
  const flags = `${ready ? ' ready' : ''}${phase === undefined ? '' : ` (${phase})`}`;
  return `${id}(${epoch}) ${protocol} ${replica}${flags}${describeHandOver(handOver)}`;
}

function describeHandOver(handOver: HandOver): string {
  switch (handOver.kind) {
    case 'running':
      return '';
    case 'stopping':
      return ` stopping at ${handOver.index}`;
    case 'catching-up':
      return ` catching up to ${handOver.end.index}`;
    case 'ended':
      return ` ended at ${handOver.end.index}`;
    case 'retired':
      return ` retired${handOver.mayLeave ? ', may leave' : ''}`;
  }
}

function describeControl(message: ControlMessage): string {
  switch (message.kind) {
    case 'stopped':
      return `stopped: ${describeEnd(message.end)}`;
    case 'fetch':
      return `fetch from ${message.from} of epoch ${message.epoch}`;
    case 'decided':
      return `decided [${message.entries.map(describeEntry).join(' ')}], ${describeEnd(message.end)}`;
    case 'offer':
      return `offer snapshot ${message.index}, epoch ${message.epoch}`;
    case 'started':
      return `started ${message.epoch}${message.decided ? ', which decides' : ''}`;
    case 'prepare':
      return `prepare plan ${message.stage.plan}: ${describeStage(message.stage)}`;
    case 'prepared':
      return `prepared plan ${message.plan} stored=${message.stored}${message.refusal === '' ? '' : ` but ${message.refusal}`}`;
    case 'mend':
      return `mend from ${message.from} of epoch ${message.epoch}`;
    case 'mended':
      return `mended [${message.entries.map(describeEntry).join(' ')}] of epoch ${message.epoch}`;
  }
}

const describeEnd = ({ epoch, index, next }: StageEnd): string => `epoch ${epoch} to ${index}, then ${describeStage(next)}`;

function describeStage({ epoch, protocol, voters, learners, preferred }: Stage): string {
  const others = `${learners.length === 0 ? '' : ` learner ${learners.join(' ')}`}${preferred === undefined ? '' : ` preferred ${preferred}`}`;
  return `${epoch}:${protocol} ${voters.join(' ')}${others}`;
}
