// etcdserverpb.KV. A request is decoded once to be judged; what travels through the log are the bytes as they came.
import { assert } from '@reknit/base';
import {
  type CompactionRequest,
  decodeCompactionRequest,
  decodeDeleteRangeRequest,
  decodePutRequest,
  decodeRangeRequest,
  decodeTxnRequest,
  encodeCompactionResponse,
  encodeDeleteRangeResponse,
  encodePutResponse,
  encodeRangeResponse,
  encodeTxnResponse,
  type PutResponse,
  type RangeRequest,
  type RequestOp,
  type ResponseHeader,
  type TxnRequest,
} from '@reknit/etcd-api';
import type { CallContext, Failure, UnaryHandler, UnaryReply } from '@reknit/grpc';
import type { AppliedTxn } from '@reknit/mvcc';
import { EtcdErrors, mvccFailure } from '../errors.js';
import { type ApplyResult, refusal } from '../group/apply.js';
import { Operation } from '../group/envelope.js';
import type { Group } from '../group/group.js';
import { isPlainPut } from '../group/plain-put.js';
import type { ReadWaiter } from '../group/reads.js';
import type { WriteWaiter } from '../group/writes.js';
import type { StoreMember } from '../member.js';
import { clientTerm, groupFor, headerOf, learnersRefusal } from './context.js';
import { decoded, MALFORMED } from './decoded.js';
import { RangeAnswerJob } from './range-answer.js';
import { deleteResponse, putResponse, rangeResponse, txnResponse } from './responses.js';
import { type Served, serving, servingInSlices } from './serving.js';
import { checkDeleteRange, checkPut, checkRange, checkTxn } from './validate.js';

export function kvMethods(member: StoreMember): Record<string, UnaryHandler> {
  const { requestBytesMax, transactionOperationsMax } = member.options;

  /** Decodes, judges, and hands a write to its group. */
  const write = <Request>(
    operation: Operation,
    decode: (bytes: Uint8Array) => Request,
    check: (request: Request) => Failure | undefined,
    call: (group: Group, reply: UnaryReply, request: Request) => WriteWaiter,
  ): UnaryHandler => {
    return (bytes, context, reply) => {
      const group = groupFor(member, context, reply);
      if (group === undefined) return;
      const request = decoded(decode, bytes, reply);
      if (request === undefined) return;
      const failure = check(request) ?? (bytes.length > requestBytesMax ? EtcdErrors.requestTooLarge : undefined);
      if (failure !== undefined) reply.fail(failure);
      else group.write(operation, bytes, call(group, reply, request));
    };
  };

  const put = write(Operation.put, decodePutRequest, checkPut, (group, reply) => new WriteCall(member, group, reply));

  return {
    Range: (bytes, context, reply) => range(member, bytes, context, reply),
    Put: (bytes, context, reply) => {
      if (!isPlainPut(bytes) || bytes.length > requestBytesMax) return put(bytes, context, reply);
      const group = groupFor(member, context, reply);
      group?.write(Operation.put, bytes, new WriteCall(member, group, reply));
    },
    DeleteRange: write(
      Operation.deleteRange,
      decodeDeleteRangeRequest,
      checkDeleteRange,
      (group, reply) => new WriteCall(member, group, reply),
    ),
    Txn: (bytes, context, reply) => {
      const group = groupFor(member, context, reply);
      if (group === undefined) return;
      const request = decoded(decodeTxnRequest, bytes, reply);
      if (request === undefined) return;
      const failure =
        checkTxn(request, transactionOperationsMax) ?? (bytes.length > requestBytesMax ? EtcdErrors.requestTooLarge : undefined);
      if (failure !== undefined) return reply.fail(failure);
      if (isReadOnly(request))
        new ReadCall(group, reply, () => serving(member, reply, () => readTxn(member, group, request, context, reply))).begin(
          isSerializable(request),
        );
      else group.write(Operation.txn, bytes, new TxnCall(member, group, context, reply));
    },
    Compact: write(
      Operation.compact,
      decodeCompactionRequest,
      () => undefined,
      (group, reply, request) => new CompactCall(member, group, reply, request),
    ),
  };
}

function range(member: StoreMember, bytes: Uint8Array, context: CallContext, reply: UnaryReply): void {
  const group = groupFor(member, context, reply, 'serves');
  if (group === undefined) return;
  const request = decoded(decodeRangeRequest, bytes, reply);
  if (request === undefined) return;
  const failure = (request.serializable ? undefined : learnersRefusal(member)) ?? group.alarms.readRefusal ?? checkRange(request);
  if (failure !== undefined) return reply.fail(failure);
  const serve = (): void => serveRange(member, group, request, context, reply);
  new ReadCall(group, reply, () => serving(member, reply, serve)).begin(request.serializable);
}

/** One key is served at once, a range in slices. */
function serveRange(member: StoreMember, group: Group, request: RangeRequest, context: CallContext, reply: UnaryReply): void {
  if (!context.open) return;
  const header = headerOf(member, group);
  if (request.rangeEnd.length > 0) {
    const job = new RangeAnswerJob((sink) => group.space.rangeJob(request, sink), header);
    return servingInSlices(member, job, context, reply);
  }
  const outcome = group.space.range(request);
  if (outcome.ok) reply.ok(encodeRangeResponse(rangeResponse(header, outcome.value)));
  else reply.fail(mvccFailure(outcome.error));
}

/** A transaction that cannot write needs no log entry; evaluated on a state that a barrier confirmed. */
function readTxn(member: StoreMember, group: Group, request: TxnRequest, context: CallContext, reply: UnaryReply): void {
  const outcome = group.space.txn(request);
  if (outcome.ok) answerTxn(member, headerOf(member, group), outcome.value, context, reply);
  else reply.fail(mvccFailure(outcome.error));
}

/** At once, or when its large ranges have been read in slices. */
function answerTxn(member: StoreMember, header: ResponseHeader, txn: AppliedTxn, context: CallContext, reply: UnaryReply): void {
  const { rest } = txn;
  const encode = (): Uint8Array => encodeTxnResponse(txnResponse(header, txn));
  if (rest === undefined) return reply.ok(encode());
  const step = (): Served | undefined => (rest.step() === undefined ? undefined : { ok: true, response: encode() });
  servingInSlices(member, { step, cancel: () => rest.cancel() }, context, reply);
}

const isReadOnly = (request: TxnRequest): boolean => [...request.success, ...request.failure].every(readsOnly);

const readsOnly = (operation: RequestOp): boolean =>
  operation.requestRange !== undefined || (operation.requestTxn !== undefined && isReadOnly(operation.requestTxn));

/** As etcd: a transaction is serializable when all of its ranges are; one without any is not. */
function isSerializable(request: TxnRequest): boolean {
  const ranges = [...request.success, ...request.failure];
  return ranges.length > 0 && ranges.every((operation) => operation.requestRange?.serializable === true);
}

/** Waits for the entry of a write, and answers with its result. */
class WriteCall implements WriteWaiter {
  protected readonly member: StoreMember;
  protected readonly group: Group;
  protected readonly reply: UnaryReply;

  constructor(member: StoreMember, group: Group, reply: UnaryReply) {
    this.member = member;
    this.group = group;
    this.reply = reply;
  }

  applied(result: ApplyResult): void {
    const refused = refusal(result);
    if (refused !== undefined) this.reply.fail(refused === 'malformed' ? MALFORMED : mvccFailure(refused));
    else this.answer(result);
  }

  failed(failure: Failure): void {
    this.reply.fail(failure);
  }

  protected answer(result: ApplyResult): void {
    if (isPlainResult(result)) return this.reply.ok(encodePutDone(this.member, this.group));
    const header = headerOf(this.member, this.group);
    if (result.kind === 'put' && result.outcome.ok) this.reply.ok(encodePutResponse(putResponse(header, result.outcome.value)));
    else if (result.kind === 'delete' && result.outcome.ok)
      this.reply.ok(encodeDeleteRangeResponse(deleteResponse(header, result.outcome.value)));
    else if (result.kind === 'compact') this.reply.ok(encodeCompactionResponse({ header }));
    else assert(false, 'a refused result was answered before', () => result.kind);
  }
}

const isPlainResult = (result: ApplyResult): boolean =>
  result.kind === 'put' && result.outcome.ok && result.outcome.value.prevKv === undefined;

/** Filled anew for each answer, and encoded at once. */
const doneHeader = { clusterId: 0n, memberId: 0n, revision: 0, raftTerm: 0 };
const putDone: PutResponse = { header: doneHeader, prevKv: undefined };

function encodePutDone(member: StoreMember, group: Group): Uint8Array {
  doneHeader.clusterId = member.cluster.id;
  doneHeader.memberId = member.self.id;
  doneHeader.revision = group.space.revision;
  doneHeader.raftTerm = clientTerm(group);
  return encodePutResponse(putDone);
}

class TxnCall extends WriteCall {
  readonly #context: CallContext;

  constructor(member: StoreMember, group: Group, context: CallContext, reply: UnaryReply) {
    super(member, group, reply);
    this.#context = context;
  }

  protected override answer(result: ApplyResult): void {
    assert(result.kind === 'txn' && result.outcome.ok, 'a transaction is answered by its own entry', () => result.kind);
    answerTxn(this.member, headerOf(this.member, this.group), result.outcome.value, this.#context, this.reply);
  }
}

/** With `physical` the answer waits until the compacted revisions are gone from this member. */
class CompactCall extends WriteCall {
  readonly #request: CompactionRequest;

  constructor(member: StoreMember, group: Group, reply: UnaryReply, request: CompactionRequest) {
    super(member, group, reply);
    this.#request = request;
  }

  protected override answer(result: ApplyResult): void {
    if (!this.#request.physical) return super.answer(result);
    this.group.compactPhysically({ done: () => super.answer(result), closed: () => this.failed(EtcdErrors.stopped) });
  }
}

class ReadCall implements ReadWaiter {
  readonly #group: Group;
  readonly #reply: UnaryReply;
  readonly #serve: () => void;

  constructor(group: Group, reply: UnaryReply, serve: () => void) {
    this.#group = group;
    this.#reply = reply;
    this.#serve = serve;
  }

  begin(serializable: boolean): void {
    if (serializable) this.#serve();
    else this.#group.read(this);
  }

  ready(): void {
    this.#serve();
  }

  failed(failure: Failure): void {
    this.#reply.fail(failure);
  }
}
