package dev.hairpin.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.hairpin.it.oracle.TwinImprovement;
import dev.hairpin.it.oracle.Twins;
import dev.hairpin.it.world.NeedsRealNetwork;
import dev.hairpin.it.world.Release;
import dev.hairpin.rules.layouts.LayoutName;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Two engines side by side, given the same commands: one writes its own rules and starts its own
 * proxies, the other leaves both to us. Rules, sockets and who reaches what are the same at every
 * moment. {@link TwinImprovement#KNOWN} lists where we are meant to be better.
 *
 * <p>The engine is this distribution's. With {@code HAIRPIN_TWIN_ENGINES="trixie sid"} those of the
 * releases named are compared as well.
 */
@NeedsRealNetwork
class TwinIT {
  private static Stream<Arguments> everyScenarioOnEveryEngine() {
    return Stream.concat(Stream.of(Release.HERE), Release.askedFor().stream())
        .flatMap(release -> scenarios(release).map(scenario -> arguments(release, scenario)));
  }

  private static Stream<String> scenarios(Release release) {
    Stream<String> all = Stream.of("ports", "networks", "ipv6", "no-proxy");
    return layoutOf(release) == LayoutName.DOCKER20
        ? all
        : Stream.concat(all, Stream.of("gateway-modes"));
  }

  @ParameterizedTest(name = "{1} with the engine of {0}")
  @MethodSource("everyScenarioOnEveryEngine")
  void dockerdAndHairpinCannotBeToldApart(Release release, String scenario) {
    try (Twins twins = new Twins(scenario)) {
      twins.run(release, layoutOf(release));
      assertThat(twins.moments()).isPositive();
    }
  }

  private static LayoutName layoutOf(Release release) {
    int major = release.majorVersion();
    if (major < 28) {
      return LayoutName.DOCKER20;
    }
    return major == 28 ? LayoutName.DOCKER28 : LayoutName.DOCKER29;
  }
}
