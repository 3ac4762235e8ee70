/** The chunk of what is opened by a click or a key. */

export { RunsPanel } from './compare/runs-panel.tsx';
export { Faults } from './faults/faults.tsx';
export { Inspector, InspectorAside } from './inspector/inspector.tsx';
export { KeysDialog } from './palette/keys-dialog.tsx';
export { More } from './palette/more.tsx';
export { Palette } from './palette/palette.tsx';
export { OpenedScene } from './scenes/scene.tsx';
export { Share } from './share/share.tsx';
export { Shell, ShellAside, WideShell } from './shell/shell.tsx';
