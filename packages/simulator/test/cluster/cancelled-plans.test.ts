import { type Epoch, encodeStage, type NodeId } from '@reknit/consensus';
import type { LogEntry } from '@reknit/wal';
import { expect, it } from 'vitest';
import { CancelledPlans } from '../../src/cluster/cancelled-plans.js';

const stage = { epoch: 2 as Epoch, protocol: 'zab', voters: ['n1' as NodeId], learners: [], preferred: undefined } as const;
const stopSign = (plan: string): LogEntry => ({
  index: 7,
  round: 1,
  kind: 'stop-sign',
  payload: encodeStage({ ...stage, plan }),
});

it('a plan that somebody was told is cancelled, and that ends a stage, is a violation, whichever comes first', () => {
  const found: string[] = [];
  const plans = new CancelledPlans((detail) => found.push(detail));
  plans.onCancelled('taken back');
  plans.onDecided(stopSign('carried out'));
  plans.onDecided({ index: 8, round: 1, kind: 'normal', payload: new Uint8Array(0) });
  expect(found).toEqual([]);
  plans.onDecided(stopSign('taken back'));
  plans.onCancelled('carried out');
  expect(found).toEqual(['taken back was cancelled, and ends a stage', 'carried out was cancelled, and ends a stage']);
});
