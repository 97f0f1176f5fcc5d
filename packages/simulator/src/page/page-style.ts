// How a run's page looks, in light and in dark.
export const PAGE_STYLE = `
:root { color-scheme: light dark; --text: #1d2733; --faint: #8a97a6; --paper: #ffffff; --up: #c9d6e3; --leads: #2f7d4f;
  --fault: #c77700; --message: #7aa5d6; --done: #5b6b7d; --unknown: #b58900; --wrong: #d02f2f; }
@media (prefers-color-scheme: dark) { :root { --text: #e4ebf2; --faint: #7d8a98; --paper: #12171d; --up: #33414f;
  --leads: #4fb37a; --fault: #f0a030; --message: #44688f; --done: #93a3b5; --unknown: #d8b040; --wrong: #ff6b6b; } }
body { margin: 1.5rem; background: var(--paper); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.4rem; }
p { margin: .3rem 0; }
code { font-size: .9em; overflow-wrap: anywhere; }
canvas { display: block; width: 100%; margin-top: .8rem; cursor: grab; }
#under { min-height: 1.5em; font-variant-numeric: tabular-nums; }
.violations { margin: .4rem 0; padding-left: 1.2rem; overflow-wrap: anywhere; }
.violations b, .violated, .wrong { color: var(--wrong); }
.clean { color: var(--leads); }
.keys { color: var(--faint); }
.keys span::before { content: ''; display: inline-block; width: .8em; height: .8em; margin: 0 .3em 0 .8em; border-radius: 2px; background: currentColor; }
.keys .up { color: var(--up); } .keys .leads { color: var(--leads); } .keys .fault { color: var(--fault); }
.keys .message { color: var(--message); } .keys .done { color: var(--done); } .keys .unknown { color: var(--unknown); }
`;
