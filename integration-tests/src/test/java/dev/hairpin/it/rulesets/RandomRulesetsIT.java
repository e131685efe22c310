package dev.hairpin.it.rulesets;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.it.world.NeedsRealNetwork;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.trace.PacketTracer;
import dev.hairpin.rules.trace.Trace;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AddLifecycleHook;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/**
 * For any rules, any settings and any packet, the tracer foretells what the kernel does: which
 * rules the packet meets, what becomes of it, and under which addresses.
 *
 * <p>{@code -Dhairpin.tries=N} tries N rulesets, with one to four packets each. The seed is
 * printed; {@code @Property(seed = "N")} makes the same happen again.
 */
@NeedsRealNetwork
class RandomRulesetsIT {
  private static final int MOST_QUESTIONS = 4;

  private static Crossroads crossroads;

  /** A host, and packets that come to it one after the other. */
  record Scene(Settings settings, Tables tables, List<Question> questions) {
    @Override
    public String toString() {
      Script script = new Script(tables, settings.bridgedMeetRules());
      return settings + "\n" + questions + "\n" + script.iptables() + script.nftables();
    }
  }

  @BeforeContainer
  static void makeWorld() {
    crossroads = new Crossroads();
  }

  @AfterContainer
  static void closeWorld() {
    crossroads.close();
  }

  @Provide
  Arbitrary<Scene> scenes() {
    return Arbitraries.of(Family.class)
        .flatMap(family ->
            Combinators.combine(
                    Settings.any(),
                    tables(family),
                    Question.any(family).list().ofMinSize(1).ofMaxSize(MOST_QUESTIONS))
                .as(Scene::new));
  }

  /** Of iptables, of nftables, or of both. */
  private static Arbitrary<Tables> tables(Family family) {
    return Arbitraries.oneOf(
        RandomIptables.any(family).map(chains -> new Tables(family, chains)),
        RandomNftables.any(family).map(tables -> new Tables(family, List.of(), tables)),
        Combinators.combine(RandomIptables.any(family), RandomNftables.any(family))
            .as((chains, tables) -> new Tables(family, chains, tables)));
  }

  @Property(edgeCases = EdgeCasesMode.NONE)
  @AddLifecycleHook(Tally.class)
  void theKernelDoesAsForetold(@ForAll("scenes") Scene scene) {
    Tables tables = scene.tables();
    crossroads.set(scene.settings(), tables);
    PacketTracer tracer =
        new PacketTracer(tables, crossroads.host(tables.family(), scene.settings()));
    for (Question question : scene.questions()) {
      int port = crossroads.nextSourcePort(question);
      Trace trace = tracer.trace(question.packet(port));
      Optional<Fate> foretold = Fate.foretold(trace);
      Tally.note(trace, foretold);
      foretold.ifPresent(fate ->
          assertThat(crossroads.follow(question, port, fate)).as("%s", question).isEqualTo(fate));
    }
  }
}
