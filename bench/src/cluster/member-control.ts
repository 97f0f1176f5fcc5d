// What the harness asks of a member, whichever protocol it speaks. A refusal is thrown with its code and text.

export interface MemberStatus {
  readonly memberId: bigint;
  /** 0: it knows of none. */
  readonly leader: bigint | 'untold';
  readonly term: bigint;
  readonly applied: bigint;
}

/** One connection to one member. */
export interface MemberControl {
  readonly status: () => Promise<MemberStatus>;
  readonly put: (key: Uint8Array, value: Uint8Array) => Promise<void>;
  /** Linearizable. Undefined when there is no such key. */
  readonly get: (key: Uint8Array) => Promise<Uint8Array | undefined>;
  /** What grows by one with each write of the load, as a linearizable read sees it. */
  readonly revision: () => Promise<bigint>;
  readonly leases: () => Promise<number>;
  readonly close: () => void;
}
