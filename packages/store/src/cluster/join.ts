// How a new member comes into a cluster that runs: with an empty directory, its own peer URLs and the addresses of others. It asks
// one after the other until one lets it in, and writes what it is told; from then on its directory is like any other.
import { MalformedBytesError, type Millis } from '@reknit/base';
import { DiskError, type Runtime, type Session } from '@reknit/runtime';
import { incarnationToJoin, isInhabited, unusable, writeJoined } from '../data-directory.js';
import type { MemberOptions } from '../options.js';
import { PEER_PROTOCOL_VERSION } from '../peers/frames.js';
import {
  decodeHandshake,
  encodeHandshake,
  type HandshakeFrame,
  type Introduction,
  NO_CLUSTER,
  NONCE_BYTES,
  proofHolds,
  prove,
} from '../peers/handshake.js';
import { StartError } from '../start-error.js';
import { decodeAdmission } from './admission.js';

/** A member that answers nothing for so long is passed over; it may have to wait for its leader. */
const ANSWER_WITHIN: Millis = 8000;
/** Between two rounds through all addresses. */
const RETRY_AFTER: Millis = 500;

/** Whether a start has to join first: told to, and nobody has begun in its directory. */
export const mustJoin = (runtime: Runtime, options: MemberOptions): boolean =>
  options.initialClusterState === 'existing' && !isInhabited(runtime.disk, options.dataDirectory);

/**
 * Makes an empty directory a member's; a member can be created with the same options then. Goes on asking while nobody answers.
 * @param done called once, with the cause when the cluster refuses
 * @returns gives up, without a word
 */
export function joinCluster(runtime: Runtime, options: MemberOptions, done: (error: StartError | undefined) => void): () => void {
  const own = options.initialCluster.find(({ name }) => name === options.name);
  const others = options.initialCluster.filter(({ name }) => name !== options.name);
  const addresses = others.flatMap(({ peerUrls }) => peerUrls.map((url) => url.replace(/^[a-z]+:\/\//, '')));
  if (own === undefined || addresses.length === 0) {
    done(nobodyToAsk(options.name));
    return () => undefined;
  }
  let open = true;
  let asking: Session | undefined;
  const finish = (error: StartError | undefined): void => {
    if (!open) return;
    open = false;
    asking?.close();
    done(error);
  };
  const ask = (at: number, incarnation: string): void => {
    if (!open) return;
    const address = addresses[at % addresses.length]!;
    const wait = at % addresses.length === addresses.length - 1 ? RETRY_AFTER : 0;
    const next = (why: string): void => {
      runtime.log.log('info', 'not let in yet', { address, why });
      runtime.clock.after(wait, () => ask(at + 1, incarnation));
    };
    const applicant = { name: options.name, peerUrls: [...own.peerUrls].sort(), incarnation };
    asking = askToJoin(runtime, options.secret, address, applicant, (answer) => {
      if (!open) return;
      if (answer.kind === 'lost') next(answer.why);
      else if (answer.kind === 'refused' && answer.reason === 'not-ready') next(answer.detail);
      else if (answer.kind === 'refused') finish(refused(answer.detail));
      else finish(write(runtime, options.dataDirectory, answer.admission));
    });
  };
  try {
    ask(0, incarnationToJoin(runtime, options.dataDirectory));
  } catch (error) {
    if (error instanceof DiskError) finish(unusable(runtime.disk, options.dataDirectory, error));
    else if (error instanceof StartError) finish(error);
    else throw error;
  }
  return () => {
    open = false;
    asking?.close();
  };
}

type Answer =
  | Extract<HandshakeFrame, { readonly kind: 'admitted' | 'refused' }>
  | { readonly kind: 'lost'; readonly why: string };

/** @param answered called once */
function askToJoin(
  runtime: Runtime,
  secret: Uint8Array,
  address: string,
  applicant: { readonly name: string; readonly peerUrls: readonly string[]; readonly incarnation: string },
  answered: (answer: Answer) => void,
): Session {
  const { name, peerUrls, incarnation } = applicant;
  const nonce = runtime.random.bytes(NONCE_BYTES);
  const hello: Introduction = { clusterId: NO_CLUSTER, from: name, to: peerUrls.join(), incarnation, bootId: '', nonce };
  let open = true;
  let proved = false;
  const timer = runtime.clock.after(ANSWER_WITHIN, () => finish({ kind: 'lost', why: 'it does not answer' }));
  const finish = (answer: Answer): void => {
    if (!open) return;
    open = false;
    timer.cancel();
    session.close();
    answered(answer);
  };
  const onFrame = (frame: HandshakeFrame | undefined): void => {
    if (frame?.kind === 'challenge' && !proved) {
      const { introduction, proof } = frame;
      if (!proofHolds(proof, prove(secret, 'acceptor', hello, introduction)))
        return finish({ kind: 'lost', why: 'it does not prove that it knows the cluster secret' });
      proved = true;
      return session.send([encodeHandshake({ kind: 'proof', proof: prove(secret, 'dialer', hello, introduction) })]);
    }
    // What may end a start counts only from who has proved itself.
    if (frame?.kind === 'refused') return finish(proved ? frame : { kind: 'lost', why: frame.detail });
    if (frame?.kind === 'admitted' && proved) return finish(frame);
    finish({ kind: 'lost', why: 'it does not speak this protocol' });
  };
  const session: Session = runtime.network.connect(address, {
    onOpen: () => session.send([encodeHandshake({ kind: 'hello', version: PEER_PROTOCOL_VERSION, introduction: hello })]),
    onFrame: (bytes) => onFrame(tryDecode(bytes)),
    onClose: (reason) => finish({ kind: 'lost', why: reason }),
  });
  return session;
}

function tryDecode(bytes: Uint8Array): HandshakeFrame | undefined {
  try {
    return decodeHandshake(bytes);
  } catch (error) {
    if (error instanceof MalformedBytesError) return undefined;
    throw error;
  }
}

function write(runtime: Runtime, path: string, admission: Uint8Array): StartError | undefined {
  try {
    writeJoined(runtime.disk, path, decodeAdmission(admission));
    return undefined;
  } catch (error) {
    if (error instanceof DiskError) return unusable(runtime.disk, path, error);
    if (error instanceof MalformedBytesError) return refused(error.message);
    throw error;
  }
}

const refused = (detail: string): StartError =>
  new StartError(
    'not-admitted',
    `the cluster does not let this member in: ${detail}`,
    'announce it with  reknit member add --peer-urls URL  and start it with an empty --data-dir and the same peer URLs',
  );

const nobodyToAsk = (name: string): StartError =>
  new StartError(
    'not-admitted',
    `--initial-cluster names nobody that member ${name} could ask`,
    'name the members that run, and this one, in --initial-cluster',
  );
