package dev.hairpin.rules.address;

/** An internet address family. Each has its own tables in the kernel, and its own transaction. */
public enum Family {
  IPV4("ip", 32),
  IPV6("ip6", 128);

  private final String keyword;
  private final int addressBits;

  Family(String keyword, int addressBits) {
    this.keyword = keyword;
    this.addressBits = addressBits;
  }

  /** As nftables and the tools' names write it: {@code ip} or {@code ip6}. */
  public String keyword() {
    return keyword;
  }

  /** Length of an address: 32 or 128. */
  public int addressBits() {
    return addressBits;
  }
}
