package dev.hairpin.it.world;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import net.jqwik.api.lifecycle.AddLifecycleHook;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Marks tests that make namespaces and start an engine. Where that can't be done they are skipped
 * with the reason, except under {@code integration-tests/run} and where {@code CI=true}: there they
 * fail.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(RealNetworkCondition.class)
@AddLifecycleHook(RealNetworkHook.class)
public @interface NeedsRealNetwork {}
