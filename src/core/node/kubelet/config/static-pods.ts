export interface StaticPodsState {
  files: Record<string, string>;
}
export const initialStatic = (): StaticPodsState => ({ files: {} });
