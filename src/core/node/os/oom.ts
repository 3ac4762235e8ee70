/** Who dies when memory runs out. */

const pageBytes = 4096;

/**
 * The points of a process, in pages; the highest dies; -1: never chosen.
 *
 * @param limitBytes of the cgroup whose limit was passed, or the machine's memory
 *
 * Models mm/oom_kill.c oom_badness (Linux 6): resident pages plus oom_score_adj thousandths of the limit.
 */
export function badness(process: { rssBytes: number; oomScoreAdj: number }, limitBytes: number): number {
  if (process.oomScoreAdj <= -1000) return -1;
  const pages = Math.ceil(process.rssBytes / pageBytes);
  const points = pages + Math.trunc((process.oomScoreAdj * Math.floor(limitBytes / pageBytes)) / 1000);
  return Math.max(1, points);
}
