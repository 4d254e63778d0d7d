// The sum of one number a lane over the workgroup, in a fixed order (a tree); every lane gets it.
// The importer fixes WORKGROUP, a power of two. Must be called by all lanes together.
var<workgroup> partial: array<f32, WORKGROUP>;
fn row_sum(lane: u32, value: f32) -> f32 {
  workgroupBarrier(); // the previous call's readers are done
  partial[lane] = value;
  workgroupBarrier();
  for (var stride = WORKGROUP / 2u; stride > 0u; stride /= 2u) {
    if lane < stride { partial[lane] += partial[lane + stride]; }
    workgroupBarrier();
  }
  return partial[0];
}
