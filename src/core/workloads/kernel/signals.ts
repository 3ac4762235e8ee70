/** Signal numbers of Linux on amd64. */
export const signalNumbers: Record<string, number> = {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  ILL: 4,
  TRAP: 5,
  ABRT: 6,
  BUS: 7,
  FPE: 8,
  KILL: 9,
  USR1: 10,
  SEGV: 11,
  USR2: 12,
  PIPE: 13,
  ALRM: 14,
  TERM: 15,
  STKFLT: 16,
  CHLD: 17,
  CONT: 18,
  STOP: 19,
  TSTP: 20,
  TTIN: 21,
  TTOU: 22,
  URG: 23,
  XCPU: 24,
  XFSZ: 25,
  VTALRM: 26,
  PROF: 27,
  WINCH: 28,
  IO: 29,
  PWR: 30,
  SYS: 31,
};

/** `9`, `KILL`, `SIGKILL`, `kill` → `KILL`; undefined when there is no such signal. */
export function signalName(text: string): string | undefined {
  if (/^[0-9]+$/.test(text)) {
    const n = Number(text);
    if (n === 0) return '0';
    for (const name of Object.keys(signalNumbers)) if (signalNumbers[name] === n) return name;
    return /^(3[4-9]|[45][0-9]|6[0-4])$/.test(text) ? `RT${n - 34}` : undefined;
  }
  const name = text
    .toUpperCase()
    .replace(/^SIG/, '')
    .replace(/^RTMIN\+/, 'RT');
  return Object.hasOwn(signalNumbers, name) || /^RT[0-9]{1,2}$/.test(name) ? name : undefined;
}

export const signalNumber = (name: string): number => (name.startsWith('RT') ? 34 + Number(name.slice(2)) : (signalNumbers[name] ?? 15));

/** Signals that do nothing to a process that has no handler. */
export const ignoredByDefault = (name: string): boolean => ['CHLD', 'CONT', 'URG', 'WINCH', 'STOP', 'TSTP', 'TTIN', 'TTOU'].includes(name);
