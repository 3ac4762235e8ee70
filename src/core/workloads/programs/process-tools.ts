import type { Program } from '../kernel/program.ts';
export const processTools: Record<string, Program> = {};
