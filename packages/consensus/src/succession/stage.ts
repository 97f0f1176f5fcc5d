// One configuration of a group, as its predecessor's stop-sign names it: who votes, who learns, by which protocol.
import { ByteReader, ByteWriter, MalformedBytesError } from '@reknit/base';
import type { ProtocolName } from '../replica.js';
import type { Epoch, NodeId } from '../types.js';

export interface Stage {
  readonly epoch: Epoch;
  readonly protocol: ProtocolName;
  /** At least one. */
  readonly voters: readonly NodeId[];
  /** When the stage begins; decided entries may name others later. */
  readonly learners: readonly NodeId[];
  /** Of the change that led here: asked for twice, it is one. Empty in the first stage. */
  readonly plan: string;
  /** This voter campaigns as soon as it has begun the stage; the others after a normal time-out. */
  readonly preferred: NodeId | undefined;
}

const FORMAT = 1;
/** Never renumbered. */
const PROTOCOLS: readonly ProtocolName[] = ['raft', 'paxos', 'zab'];
/** Far above any group; bounds what a malformed message makes us read. */
const MEMBERS_MAX = 1024;

/** The payload of a stop-sign. */
export function encodeStage(stage: Stage): Uint8Array {
  const writer = new ByteWriter();
  writeStage(stage, writer);
  return writer.copy();
}

/** Throws MalformedBytesError. */
export const decodeStage = (payload: Uint8Array): Stage => readStage(new ByteReader(payload));

export function writeStage({ epoch, protocol, voters, learners, plan, preferred }: Stage, writer: ByteWriter): void {
  writer.u8(FORMAT).u64(epoch).u8(PROTOCOLS.indexOf(protocol));
  writeIds(voters, writer);
  writeIds(learners, writer);
  writer.string(plan).string(preferred ?? '');
}

export function readStage(reader: ByteReader): Stage {
  const format = reader.u8();
  if (format !== FORMAT) throw new MalformedBytesError(`a stage of format ${format}`);
  const epoch = reader.u64() as Epoch;
  const protocol = PROTOCOLS[reader.u8()];
  if (protocol === undefined) throw new MalformedBytesError('a stage of unknown protocol');
  const voters = readIds(reader);
  if (voters.length === 0) throw new MalformedBytesError('a stage without voters');
  const learners = readIds(reader);
  const plan = reader.string();
  const preferred = reader.string();
  return { epoch, protocol, voters, learners, plan, preferred: preferred === '' ? undefined : (preferred as NodeId) };
}

export const isMemberOf = ({ voters, learners }: Stage, id: NodeId): boolean => voters.includes(id) || learners.includes(id);

function writeIds(ids: readonly NodeId[], writer: ByteWriter): void {
  writer.u32(ids.length);
  for (const id of ids) writer.string(id);
}

function readIds(reader: ByteReader): readonly NodeId[] {
  const count = reader.u32();
  if (count > MEMBERS_MAX) throw new MalformedBytesError(`a stage of ${count} members`);
  // What comes from the wire gets its brand here.
  return Array.from({ length: count }, () => reader.string() as NodeId);
}
