#!/bin/bash
# All that is measured on a GPU, in one run; each step has a limit of its own:
#
#   bench/gpu.sh [STEP …]      # all unless given: checks tests products awaits pairs large masks profile
#
# MODEL: a folder with a MiniLM cross-encoder; PAIRS: labelled pairs (query, passage, label) of about a hundred
# tokens; CANDIDATES: the same, of a thousand pairs. PYTHON needs torch with CUDA, transformers and safetensors.
# Results go to OUT, a folder (gpu-results unless given), a file a step; a step that fails says so and the next
# one runs. Dawn is the npm package webgpu: see docs/performance.md.
set -u
cd "$(dirname "$0")/.."
OUT=${OUT:-gpu-results}
PYTHON=${PYTHON:-python3}
RUN="deno run -A --no-lock --no-check ${DENO_FLAGS:-}"
mkdir -p "$OUT"

step() { # NAME SECONDS COMMAND …
  local name=$1 limit=$2
  shift 2
  case " $STEPS " in *" ${name%%-*} "*) ;; *) return ;; esac
  local began=$SECONDS
  timeout "$limit" "$@" >"$OUT/$name.txt" 2>"$OUT/$name.err"
  local code=$?
  echo "== $name: exit $code, $((SECONDS - began)) s"
  grep -v "^Warning" "$OUT/$name.txt" | tail -n 45
  [ $code -eq 0 ] || tail -n 5 "$OUT/$name.err"
}
STEPS=${*:-checks tests products awaits pairs large masks profile}
command -v nvidia-smi >/dev/null && nvidia-smi --query-gpu=name,driver_version --format=csv,noheader

step checks-deno 60 $RUN cli.ts device --device gpu --tune
step checks-dawn 60 $RUN cli.ts device --device dawn --tune
step checks-tf16 60 $RUN cli.ts device --device dawn --precision tf16
step tests 60 env REQUIRE_GPU=1 deno test -A --no-lock --no-check ${DENO_FLAGS:-} --quiet \
  --filter "/gpu/" tests/compute/gpu/gpu_ops_test.ts tests/attribution/golden_test.ts
step products 90 $RUN bench/peers/gpu_products.ts "$PYTHON" --dawn
step awaits-deno 30 $RUN bench/awaits.ts
step awaits-host 30 $RUN bench/host_time.ts
step awaits-dawn 30 $RUN bench/awaits.ts --dawn
step pairs 200 $RUN bench/ratios.ts --cuda --dawn --model "${MODEL:-}" --pairs "${PAIRS:-}" --python "$PYTHON" \
  --memory 16 --modules 0 --reference 200 --rounds 1 --chunks "${CHUNKS:-25,101}"
step masks 120 $RUN bench/masks.ts --cuda --device gpu,dawn --model "${MODEL:-}" --pairs "${CANDIDATES:-}" \
  --python "$PYTHON" --memory 40
step large-deno 60 $RUN bench/throughput.ts --tokens 128,256 --pairs 12 --memory 40 --rule 20,adaptive \
  --deviation .026
step large-dawn 90 $RUN bench/throughput.ts --device dawn --precision f32,tf16 --tokens 128,256 --pairs 12 \
  --memory 40 --rule 20,adaptive --deviation .026
if [[ " $STEPS " == *" large "* ]]; then
  LARGE=$(mktemp -d)
  $RUN bench/random_checkpoint.ts "$LARGE" 24 1024 16 4096 1000 2 >/dev/null
  for tokens in 128 128 256 256; do # as many words, which the checkpoint's vocabulary has
    printf 'w1 w2 w3 w4 w5 w6 w7 w8\t'
    for ((word = 11; word < tokens; word++)); do printf 'w%d ' $((word % 90)); done
    printf '\t1\n'
  done >"$LARGE/pairs.tsv"
  for products in float32 tf32 bf16; do # seconds a pair, of which the second of a length is warm
    step large-hooks-$products 60 "$PYTHON" bench/peers/hooks.py --model "$LARGE" --device cuda \
      --pairs "$LARGE/pairs.tsv" --chunk 101 --products $products
  done
  rm -rf "$LARGE"
fi
step profile-large 60 $RUN bench/throughput.ts --tokens 128 --pairs 12 --memory 40 --rule 20 --deviation .026 --profile
step profile-small 60 $RUN bench/throughput.ts --shape MiniLM-L6 --tokens 128 --pairs 120 --memory 40 --rule 20,adaptive --profile
