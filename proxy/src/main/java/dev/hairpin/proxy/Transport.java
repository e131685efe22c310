package dev.hairpin.proxy;

/** What a listening port carries. */
public enum Transport {
  TCP,
  UDP,
  /** Only where the kernel has it (CONFIG_IP_SCTP), and with Netty's native epoll. */
  SCTP
}
