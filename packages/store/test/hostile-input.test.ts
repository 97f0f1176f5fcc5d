import { ByteWriter, utf8Encode } from '@reknit/base';
import { createRequestOp, createTxnRequest, encodeTxnRequest, type TxnRequest } from '@reknit/etcd-api';
import { describe, expect, it } from 'vitest';
import { deriveCluster } from '../src/cluster/identity.js';
import { beginPart, endPart, PartKind, PEER_PROTOCOL_VERSION, writeAddress } from '../src/peers/frames.js';
import { decodeHandshake, encodeHandshake, type Introduction, prove } from '../src/peers/handshake.js';
import { ALL, bytes, callsOf } from './support/etcd-calls.js';
import { memberKey, SECRET, TestCluster } from './support/test-cluster.js';

const garbage = new Uint8Array([0xff, 0xff, 0xff]);
const METHODS = ['KV/Range', 'KV/Put', 'KV/DeleteRange', 'KV/Txn', 'KV/Compact', 'Maintenance/HashKV', 'Cluster/MemberList'];

describe('a client cannot end a member', () => {
  it('with bytes that are no message, whatever the method', () => {
    const cluster = new TestCluster(1).started();
    const calls = callsOf(cluster, cluster.members[0]!);
    for (const method of METHODS) expect(calls.raw(method, garbage).failure?.code).toBe(13);
    expect(cluster.members[0]!.up).toBe(true);
  });

  it('with a transaction nested deeper than a stack is', () => {
    const cluster = new TestCluster(1, { requestBytesMax: 6 << 20 }).started();
    const calls = callsOf(cluster, cluster.members[0]!);
    expect(calls.raw('KV/Txn', nestedTxn(100_000)).failure).toBeDefined();
    expect(cluster.members[0]!.up).toBe(true);
  });

  it('with attributes of a member that are no attributes', () => {
    const cluster = new TestCluster(1).started();
    const member = cluster.members[0]!;
    const system = callsOf(cluster, member, { 'reknit-keyspace': '_system' });
    for (const value of ['not json', 'null', '{"name":7,"clientURLs":"x"}']) {
      system.put({ key: bytes(memberKey(member.member.self.id)), value: bytes(value) });
      expect(system.memberList(true).value?.members).toMatchObject([{ name: '', clientURLs: [] }]);
    }
  });
});

describe('what is on the peer port cannot end a member', () => {
  const cluster = (): { cluster: TestCluster; send: (parts: (writer: ByteWriter) => void) => void; closed: () => boolean } => {
    const made = new TestCluster(2).started();
    made.members[1]!.machine.kill();
    made.run(100);
    return { cluster: made, ...impostor(made) };
  };

  it.each(['not json', 'null', '[]', '{"incarnation":5}', '{"incarnation":"x","genesis":{"voters":null}}'])(
    'with the genesis notice %s',
    (text) => {
      const { cluster: made, send, closed } = cluster();
      send((writer) => {
        const lengthAt = beginPart(writer, PartKind.genesis);
        writer.bytes(utf8Encode(text));
        endPart(writer, lengthAt);
      });
      made.run(200);
      expect(made.members[0]!).toMatchObject({ up: true, failures: [] });
      expect(closed()).toBe(true);
    },
  );

  it('with a forwarded write that no version of ours would send', () => {
    const { cluster: made, send, closed } = cluster();
    send((writer) => {
      const lengthAt = beginPart(writer, PartKind.forward);
      writeAddress(writer, made.members[0]!.member.group('default')!.identity);
      writer.u32(1).bytes(new Uint8Array([99, 1, 2, 3]));
      endPart(writer, lengthAt);
    });
    made.run(200);
    expect(made.members[0]!).toMatchObject({ up: true, failures: [] });
    expect(closed()).toBe(true);
  });

  it('with frames before the greeting, or greetings of nonsense', () => {
    const made = new TestCluster(1).started();
    const machine = made.world.machine('stranger');
    const { network } = machine.boot();
    const magic = new ByteWriter().u32(0x52454b4e);
    const frames = [
      garbage,
      new Uint8Array(0),
      magic.copy(),
      magic.u8(0).copy(),
      magic.u8(9).copy(),
      new Uint8Array(1000).fill(0x4e),
    ];
    for (const frame of frames) {
      const session = network.connect('n1:2380', { onOpen: () => session.send([frame]), onFrame: () => {}, onClose: () => {} });
    }
    made.run(200);
    expect(made.members[0]!.up).toBe(true);
    expect(callsOf(made, made.members[0]!).range({ key: ALL, rangeEnd: ALL }).value?.count).toBe(0);
  });
});

/** Txn in Txn in Txn: written back to front, since the sizes nest. */
function nestedTxn(depth: number): Uint8Array {
  const levels: number[][] = [];
  let length = 0;
  for (let level = 0; level < depth; level++) {
    const operation = [0x22, ...varint(length)];
    length += operation.length;
    const success = [0x12, ...varint(length)];
    length += success.length;
    levels.push([...success, ...operation]);
  }
  return new Uint8Array(levels.reverse().flat());
}

function varint(value: number): number[] {
  const out: number[] = [];
  let rest = value;
  for (; rest > 127; rest >>>= 7) out.push((rest & 127) | 128);
  return [...out, rest];
}

it('the nested transaction of these tests is one', () => {
  const nest = (depth: number): TxnRequest =>
    depth === 0 ? createTxnRequest({}) : createTxnRequest({ success: [createRequestOp({ requestTxn: nest(depth - 1) })] });
  expect(nestedTxn(3)).toEqual(encodeTxnRequest(nest(3)));
});

/** Knows the secret and says that it is n2, with n2's incarnation: what a defect in a peer of ours could be. */
function impostor(made: TestCluster): { send: (parts: (writer: ByteWriter) => void) => void; closed: () => boolean } {
  const { member } = made.members[0]!;
  const other = member.cluster.members.find(({ name }) => name === 'n2')!;
  const hello: Introduction = {
    clusterId: deriveCluster(member.options.initialCluster, member.options.token).id,
    from: other.nodeId,
    to: member.self.nodeId,
    incarnation: member.directory.genesis!.voters[other.nodeId]!,
    bootId: 'x',
    nonce: new Uint8Array(16),
  };
  let ended = false;
  let welcome = false;
  const { network } = made.world.machine('impostor').boot();
  const session = network.connect('n1:2380', {
    onOpen: () => session.send([encodeHandshake({ kind: 'hello', version: PEER_PROTOCOL_VERSION, introduction: hello })]),
    onFrame: (frame) => {
      const answer = decodeHandshake(frame);
      if (answer?.kind === 'welcome') welcome = true;
      if (answer?.kind !== 'challenge') return;
      session.send([encodeHandshake({ kind: 'proof', proof: prove(SECRET, 'dialer', hello, answer.introduction) })]);
    },
    onClose: () => {
      ended = true;
    },
  });
  made.until(() => welcome, 'the impostor is welcome');
  return {
    closed: () => ended,
    send: (parts) => {
      const writer = new ByteWriter().u32(1);
      parts(writer);
      session.send([writer.copy()]);
    },
  };
}
