export interface IpvsState {
  empty?: true;
}
export const ipvsState = (): IpvsState => ({});
