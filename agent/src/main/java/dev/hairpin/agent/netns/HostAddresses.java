package dev.hairpin.agent.netns;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toList;

import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.trace.Host;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** This host's interfaces and the addresses by which others reach them. */
public final class HostAddresses {
  private static final Logger log = LoggerFactory.getLogger(HostAddresses.class);

  private HostAddresses() {}

  /** Those that it has now, without routes; none where they can't be read. */
  public static Host look() {
    try {
      Map<String, List<IpAddress>> byInterface =
          InterfaceAddress.here().stream()
              .collect(
                  groupingBy(
                      InterfaceAddress::name,
                      LinkedHashMap::new,
                      mapping(InterfaceAddress::address, toList())));
      return new Host(
          byInterface.entrySet().stream()
              .map(each -> new Host.Interface(each.getKey(), each.getValue()))
              .toList(),
          List.of());
    } catch (IOException e) {
      log.debug("look for this host's addresses", e);
      return new Host(List.of(), List.of());
    }
  }
}
