/** Seeking while something is dragged: one at a time, always to the newest goal. */
export class Seeker {
  private goal: number | null = null;
  private busy = false;
  private readonly seek: (atMs: number) => Promise<unknown>;

  constructor(seek: (atMs: number) => Promise<unknown>) {
    this.seek = seek;
  }

  to(atMs: number): void {
    this.goal = Math.max(0, Math.round(atMs));
    if (!this.busy) void this.go();
  }

  private async go(): Promise<void> {
    this.busy = true;
    while (this.goal !== null) {
      const atMs = this.goal;
      this.goal = null;
      try {
        await this.seek(atMs);
      } catch {
        // The session says what is wrong by its health; the next goal is tried anew.
      }
    }
    this.busy = false;
  }
}
