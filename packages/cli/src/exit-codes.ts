/** What scripts may rely on; stands in `reknit --help` too. */
export const EXIT = {
  ok: 0,
  /** The command could not do it, or what it looked at is not healthy. */
  failed: 1,
  /** The words of the command line, or what they point to, contradict themselves or what exists. */
  usage: 2,
  /** No member and no agent of the cluster answers. */
  unreachable: 3,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
