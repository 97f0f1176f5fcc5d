import { ByteReader, ByteWriter } from '@reknit/base';
import type { NodeId } from '@reknit/consensus';
import { memoryPagesHome, openKeySpace } from '@reknit/mvcc';
import { describe, expect, it } from 'vitest';
import { Snapshots } from '../src/group/snapshots.js';

const SENDER = 'b' as NodeId;

describe('a snapshot', () => {
  it.each([
    ['of another branch', '00000000000000ff', 9],
    ['that is behind the state here', '0000000000000001', 4],
    ['that is where the state here is', '0000000000000001', 5],
  ])('%s is not begun', (_, branch, index) => {
    const space = openKeySpace(memoryPagesHome(), { branch: '0000000000000001' });
    space.end({ branch: '0000000000000001', epoch: 1, index: 5, round: 1 });
    const seen: string[] = [];
    const snapshots = new Snapshots(space, {
      request: () => undefined,
      piece: () => undefined,
      acknowledge: () => void seen.push('acknowledged'),
      beforeInstall: () => void seen.push('installing'),
      installed: () => void seen.push('installed'),
      failed: () => void seen.push('failed'),
    });
    snapshots.fetch(SENDER, 0);
    const piece = new ByteWriter().u32(1).u32(0).string(branch).u32(1).u64(index).u64(1).bool(true).bytes(new Uint8Array(0));
    snapshots.onPiece(SENDER, new ByteReader(piece.copy()), 0);
    expect(seen).toEqual(['failed']);
    expect(space.applied.index).toBe(5);
  });
});
