// Letting a new member in: it was announced with its peer URLs; at first contact its directory's incarnation is pinned by an entry
// of `_system`, and only then is it told what makes it a member. No other directory ever speaks for it.
import { MalformedBytesError, utf8Decode, utf8Encode } from '@reknit/base';
import type { Failure } from '@reknit/grpc';
import { pinned } from '../configuration/changes.js';
import { type Configuration, configurationOf, FORMAT, type MemberRecord } from '../configuration/record.js';
import type { Genesis, Joined } from '../data-directory.js';
import type { Group } from '../group/group.js';
import type { StoreMember } from '../member.js';
import type { RefusalReason } from '../peers/handshake.js';
import type { AdmissionAnswer, Applicant } from '../peers/incoming-link.js';

export interface AdmissionGround {
  system(): Group | undefined;
  /** Who does not vote admits nobody. */
  votes(): boolean;
  applied(): Configuration | undefined;
  propose(change: (now: Configuration) => Configuration | undefined, done: (failure: Failure | undefined) => void): void;
  cluster(): { readonly clusterId: string; readonly genesis: Genesis | undefined };
}

export const groundOf = (member: StoreMember): AdmissionGround => ({
  system: () => member.group('_system'),
  votes: () => !member.isLearner,
  applied: () => member.reconfiguration.applied,
  propose: (change, done) => member.reconfiguration.propose(change, done),
  cluster: () => ({ clusterId: member.directory.identity.clusterId, genesis: member.directory.genesis }),
});

/** @param answer called once; 'not-ready' may be asked again */
export function admit(applicant: Applicant, ground: AdmissionGround, answer: (answer: AdmissionAnswer) => void): void {
  const system = ground.system();
  const notReady = (detail: string): void => answer(refusal('not-ready', detail));
  if (system === undefined || !ground.votes()) return notReady('this member does not vote yet');
  const judge = (last: boolean): void => {
    const now = ground.applied();
    const { clusterId, genesis } = ground.cluster();
    if (now === undefined || genesis === undefined) return notReady('the cluster has not begun');
    const member = now.members.find(({ peerUrls }) => peerUrls.join() === applicant.peerUrls.join());
    if (member === undefined) return answer(refusal('unknown-member', unannounced(applicant)));
    const { id, incarnation } = member;
    if (incarnation === applicant.incarnation) {
      const joined = { clusterId, memberId: id, name: applicant.name, incarnation, genesis };
      return answer({ kind: 'admitted', admission: encode({ ...joined, configuration: now }) });
    }
    if (incarnation !== undefined) return answer(refusal('incarnation', known(member)));
    if (last) return notReady('the member could not be taken in yet');
    ground.propose(
      (current) => pinned(current, id, applicant.name, applicant.incarnation),
      (failure) => (failure === undefined ? judge(true) : notReady(failure.message)),
    );
  };
  system.read({ ready: () => judge(false), failed: ({ message }) => notReady(message) });
}

/** Throws MalformedBytesError. */
export function decodeAdmission(bytes: Uint8Array): Joined {
  try {
    const joined = JSON.parse(utf8Decode(bytes));
    // From a peer that has proved that it knows the secret; the record is checked, because it may come from another version.
    return { ...joined, configuration: configurationOf(joined.configuration) };
  } catch (error) {
    if (error instanceof SyntaxError) throw new MalformedBytesError('an admission that is none');
    throw error;
  }
}

const encode = (joined: Joined): Uint8Array =>
  utf8Encode(JSON.stringify({ ...joined, configuration: { format: FORMAT, ...joined.configuration } }));

const refusal = (reason: RefusalReason, detail: string): AdmissionAnswer => ({ kind: 'refused', reason, detail });

const unannounced = ({ peerUrls }: Applicant): string =>
  `no member with the peer URLs ${peerUrls.join()} was added to this cluster`;

const known = ({ name, id, incarnation }: MemberRecord): string =>
  `member ${name || id} began with data directory ${incarnation}`;
