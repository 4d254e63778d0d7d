// Preact: elements, state and effects of the page.
export { type ComponentChildren, Fragment, h, render } from "npm:preact@11.2.0";
export { useEffect, useLayoutEffect, useMemo, useRef, useState } from "npm:preact@11.2.0/hooks";
