/** The page's looks: light and dark, phone, projector and paper. */

import { colours } from "../figures/figure.ts";

/** Figures are drawn on white; on a dark page every colour is replaced by its counterpart. */
const darkFigures = Object.values(colours).map(({ light, dark }) =>
  `.plot [fill="${light}"]{fill:${dark}}.plot [stroke="${light}"]{stroke:${dark}}`
).join("\n");

/** Two themes, whose colours have names; the rest of the sheet uses these names alone. */
const light = `--ground:#fff;--ink:#1c2024;--muted:#5b6570;--line:#d9dee3;--soft:#f5f7f9;
--accent:#005a8f;--holds:#0072b2;--mixed:#8a5d00;--fails:#b34700;--untested:#5b6570;`;
const dark = `--ground:#16191d;--ink:#e8eaed;--muted:#a3adb8;--line:#363d45;--soft:#1f2429;
--accent:#7cc4f5;--holds:#5cb3ea;--mixed:#f5b93a;--fails:#ff8a3d;--untested:#a3adb8;`;

/** The style sheet. */
export const style = `
:root{color-scheme:light dark;${light}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);
font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,Helvetica,Arial,sans-serif}
main,header,footer,nav{max-width:1160px;margin:0 auto;padding:0 20px}
header{padding-top:44px}
h1{font-size:clamp(1.7rem,4.5vw,2.6rem);line-height:1.15;margin:0 0 .4em;letter-spacing:-.015em;
text-wrap:balance}
h2{font-size:1.45rem;line-height:1.25;margin:2.6em 0 .5em;padding-top:.5em;
border-top:1px solid var(--line)}
h3{font-size:1.05rem;margin:2em 0 .4em}
p,dl,ul{max-width:72ch}
a{color:var(--accent)}
code{font:.92em/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
sub{font-size:.72em;line-height:0}
time{white-space:nowrap}
.lead{max-width:none;font-size:1.12rem;color:var(--muted);margin:0 0 1em}
.facts{display:flex;flex-wrap:wrap;gap:10px;list-style:none;padding:0;margin:1.4em 0;max-width:none}
.facts li{flex:1 1 130px;background:var(--soft);border-radius:10px;padding:10px 14px;color:var(--muted);
font-size:.86rem;line-height:1.35}
.facts b{display:block;font-size:1.3rem;color:var(--ink);font-variant-numeric:tabular-nums}
nav ul{display:flex;flex-wrap:wrap;gap:4px 18px;list-style:none;padding:0;margin:0;max-width:none;
font-size:.95rem}
nav a{text-decoration:none}
nav a:hover{text-decoration:underline}
figure{margin:1.6em 0;min-width:0}
figcaption{font-size:.92rem;color:var(--muted);max-width:80ch;overflow-wrap:anywhere}
figcaption b{color:var(--ink)}
.plots{display:grid;gap:8px 36px;grid-template-columns:repeat(auto-fill,minmax(min(100%,420px),1fr))}
.plots figure{max-width:600px}
.plot svg{display:block;width:100%;height:auto}
.plot text{font-family:inherit}
.plot{font-family:system-ui,-apple-system,"Segoe UI",Roboto,Helvetica,Arial,sans-serif}
.links,.note{font-size:.84rem;color:var(--muted);margin:.4em 0}
.note{max-width:90ch}
.links a{margin-right:.7em}
.scroll{overflow-x:auto;margin:.6em 0 .3em;-webkit-overflow-scrolling:touch;
background:linear-gradient(to right,var(--ground) 30%,transparent) left/36px 100% no-repeat local,
linear-gradient(to left,var(--ground) 30%,transparent) right/36px 100% no-repeat local,
linear-gradient(to right,#0003,transparent) left/10px 100% no-repeat scroll,
linear-gradient(to left,#0003,transparent) right/10px 100% no-repeat scroll}
.scroll:focus-visible{outline:2px solid var(--accent)}
table{border-collapse:collapse;font-size:.9rem;line-height:1.35;font-variant-numeric:tabular-nums;
border-block:2px solid var(--ink)}
th,td{padding:5px 9px;text-align:left;vertical-align:top;font-weight:normal}
th,td{white-space:nowrap}
.wraps{white-space:normal;min-width:16em}
tbody th,thead th:first-child{padding-left:2px}
thead th{vertical-align:bottom;white-space:normal;font-weight:600;border-bottom:1px solid var(--ink)}
.end{text-align:right}
tr.starts:not(:first-child)>*{border-top:1px solid var(--line)}
td b{font-weight:700}
u{text-underline-offset:3px;text-decoration-thickness:1.5px}
.checks{list-style:none;padding:0;max-width:none;margin:1em 0}
.checks>li{display:grid;grid-template-columns:9.5em 1fr;gap:4px 18px;padding:14px 0;
border-top:1px solid var(--line)}
.verdict{font-weight:650;white-space:nowrap}
.verdict::before{display:inline-block;width:1.4em}
.tally{font-size:.82rem;line-height:1.4;color:var(--muted);padding-left:1.7em}
.caveat{border-left:3px solid var(--mixed);padding-left:.6em}
.holds .verdict{color:var(--holds)}.holds .verdict::before{content:"✓"}
.mixed .verdict{color:var(--mixed)}.mixed .verdict::before{content:"±"}
.fails .verdict{color:var(--fails)}.fails .verdict::before{content:"✗"}
.untested .verdict{color:var(--untested)}.untested .verdict::before{content:"?"}
.checks p{margin:0 0 .35em}
.claim{font-weight:600}
.rule{font-size:.88rem;color:var(--muted)}
details{margin:.8em 0}
.checks details{margin:.2em 0;font-size:.88rem}
summary{cursor:pointer;color:var(--accent);font-weight:500;width:fit-content}
dl.terms{display:grid;grid-template-columns:minmax(9em,13em) 1fr;gap:8px 22px;max-width:90ch}
dt{font-weight:600}
dd{margin:0;overflow-wrap:anywhere}
footer{color:var(--muted);font-size:.86rem;margin-top:4em;padding-bottom:3em}
@media(max-width:600px){
main,header,footer,nav{padding-inline:16px}
header{padding-top:26px}
.checks>li,dl.terms{grid-template-columns:1fr}
dl.terms{gap:0}dd{margin-bottom:.7em}
th,td{padding-inline:8px}
.facts li{flex-basis:40%}
}
@media screen and (prefers-color-scheme:dark){
:root{${dark}}
${darkFigures}
.scroll{background-image:linear-gradient(to right,var(--ground) 30%,transparent),
linear-gradient(to left,var(--ground) 30%,transparent),
linear-gradient(to right,#fff4,transparent),linear-gradient(to left,#fff4,transparent)}
}
@media print{
@page{margin:16mm 14mm}
:root{color-scheme:light}
body{font-size:10pt}
main,header,footer{max-width:none;padding:0}
nav,.links,summary,.checks details{display:none}
.note,.rule{font-size:8pt}
.facts{margin:.6em 0}
h2{margin-top:1.6em}
figcaption{font-size:8.5pt}
h2,h3,figcaption{break-after:avoid}
figcaption,.table{break-inside:avoid}
.wide .table{break-inside:auto}
.plots{grid-template-columns:1fr 1fr;gap:0 20px}
.plots figure,.checks>li,tr{break-inside:avoid}
.scroll{overflow:visible;background:none}
table{font-size:8pt}
th,td{padding:2px 6px}
.wide table{font-size:6pt}.wide th,.wide td{padding:1px 3px}
thead{display:table-header-group}
details::details-content{content-visibility:visible;block-size:auto}
a{color:inherit;text-decoration:none}
}
`;
