import { describe, expect, test } from 'vitest';
import type { CriContainerStatus } from '../../../contracts/cri.ts';
import type { Ctx } from '../../../engine/types.ts';
import { withTerminationMessage } from './termination-message.ts';

const files: Record<string, string> = {
  '/m': 'because',
  '/empty': '',
  '/long': `${'a'.repeat(10)}${'b'.repeat(4096)}`,
  '/log': `2026-11-20T12:00:00.1Z stdout F one\n2026-11-20T12:00:00.2Z stderr P tw\n2026-11-20T12:00:00.3Z stderr F o\n`,
};
const ctx = {
  host: 'n',
  epochMs: 0,
  call: (_to: string, r: { path: string }) => (r.path in files ? { text: files[r.path] } : { error: 'ENOENT' }),
} as unknown as Ctx;

function message(change: { policy?: string; file?: string; exitCode?: number; state?: string; message?: string; reason?: string }): string {
  const status = {
    state: change.state ?? 'CONTAINER_EXITED',
    exitCode: change.exitCode ?? 1,
    reason: change.reason ?? 'Error',
    message: change.message ?? '',
    mounts: [{ containerPath: '/dev/termination-log', hostPath: change.file ?? '/m', readonly: false }],
    logPath: '/log',
    annotations: {
      'io.kubernetes.container.terminationMessagePath': '/dev/termination-log',
      'io.kubernetes.container.terminationMessagePolicy': change.policy ?? 'File',
    },
  } as unknown as CriContainerStatus;
  return withTerminationMessage(status, ctx).message;
}

describe('termination message', () => {
  test('the file, its last 4096 bytes, behind the words of the runtime', () => {
    expect(message({})).toBe('because');
    expect(message({ exitCode: 0 })).toBe('because');
    expect(message({ file: '/long' })).toBe('b'.repeat(4096));
    expect(message({ message: 'failed', file: '/m' })).toBe('failed: because');
    expect(message({ file: '/absent' })).toBe('');
    expect(message({ state: 'CONTAINER_RUNNING' })).toBe('');
  });

  test('the log only with FallbackToLogsOnError, after a failure and an empty file', () => {
    const policy = 'FallbackToLogsOnError';
    expect(message({ policy, file: '/empty' })).toBe('one\ntwo\n');
    expect(message({ policy, file: '/m' })).toBe('because');
    expect(message({ policy, file: '/empty', exitCode: 0 })).toBe('');
    expect(message({ policy, file: '/empty', reason: 'ContainerCannotRun' })).toBe('');
    expect(message({ file: '/empty' })).toBe('');
  });
});
