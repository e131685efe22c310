package dev.hairpin.it.rulesets;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.PortRange;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.PortSet;
import dev.hairpin.rules.netfilter.PortSet.Data;
import dev.hairpin.rules.netfilter.Reason;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/** Sets and maps of the ports that packets are sent to. */
final class RandomPortSets {
  private static final int MOST_ELEMENTS = 4;

  /** As many ports as a range has. */
  private static final int RANGE = 6;

  private final Family family;
  private final Addresses addresses;
  private final RandomTranslations translations;

  RandomPortSets(Family family) {
    this.family = family;
    this.addresses = Addresses.of(family);
    this.translations = new RandomTranslations(family);
  }

  static Arbitrary<Protocol> protocols() {
    return Arbitraries.of(Protocol.TCP, Protocol.UDP);
  }

  /** A set of addresses with their ports. */
  Arbitrary<PortSet> set(String name) {
    PortSet.Type type = new PortSet.Type(family, true, false, Data.NONE);
    return Combinators.combine(
            protocols(), Arbitraries.of(addresses.all()), Arbitraries.of(Question.PORTS))
        .as((protocol, address, port) ->
            new PortSet.Element(
                protocol,
                Optional.of(address),
                PortRange.of(port),
                Optional.empty(),
                Reason.UNKNOWN))
        .list()
        .ofMaxSize(MOST_ELEMENTS)
        .map(elements -> new PortSet(name, type, elements));
  }

  /** A map of one of the types that there are. */
  Arbitrary<PortSet> map(String name) {
    return Combinators.combine(
            Arbitraries.of(false, true),
            Arbitraries.of(false, true),
            Arbitraries.of(Data.ADDRESS, Data.ADDRESS_AND_PORT))
        .as((byAddress, intervals, data) -> new PortSet.Type(family, byAddress, intervals, data))
        .flatMap(type -> elements(type).map(elements -> new PortSet(name, type, elements)));
  }

  private Arbitrary<List<PortSet.Element>> elements(PortSet.Type type) {
    Arbitrary<Optional<IpAddress>> keys =
        type.byAddress()
            ? Arbitraries.of(addresses.host(), addresses.gateway()).map(Optional::of)
            : Arbitraries.just(Optional.empty());
    Arbitrary<Action.Dnat> targets =
        type.data() == Data.ADDRESS ? translations.dnatOfAddress() : translations.dnatOfPort();
    return Combinators.combine(
            protocols(), keys, Arbitraries.of(Question.PORTS), ranges(type), targets)
        .as((protocol, address, port, size, target) ->
            new PortSet.Element(
                protocol,
                address,
                new PortRange(port, port + size - 1),
                Optional.of(target),
                Reason.UNKNOWN))
        .list()
        .ofMaxSize(MOST_ELEMENTS)
        .uniqueElements(RandomPortSets::place);
  }

  private static Arbitrary<Integer> ranges(PortSet.Type type) {
    return type.intervals() ? Arbitraries.of(1, RANGE) : Arbitraries.just(1);
  }

  /** Elements of the same place might cover the same port, which nft refuses: 80 and 81. */
  private static List<Object> place(PortSet.Element element) {
    return List.of(element.protocol(), element.address(), element.ports().first() / 10);
  }
}
