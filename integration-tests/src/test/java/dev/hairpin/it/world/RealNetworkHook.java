package dev.hairpin.it.world;

import net.jqwik.api.lifecycle.LifecycleContext;
import net.jqwik.api.lifecycle.SkipExecutionHook;

/** What {@link RealNetworkCondition} decides, for properties. */
final class RealNetworkHook implements SkipExecutionHook {
  @Override
  public SkipResult shouldBeSkipped(LifecycleContext context) {
    return RealNetworkCondition.reasonToSkip().map(SkipResult::skip).orElse(SkipResult.doNotSkip());
  }
}
