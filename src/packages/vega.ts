// Vega and Vega-Lite: import this file dynamically, for it is large.
export * as vega from "npm:vega@6.4.0";
export { compile, type TopLevelSpec } from "npm:vega-lite@6.5.0";
