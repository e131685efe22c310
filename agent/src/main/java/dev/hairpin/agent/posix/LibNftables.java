package dev.hairpin.agent.posix;

import jnr.ffi.Pointer;
import jnr.ffi.annotations.Encoding;

/** The calls of libnftables(3) that carry out scripts. */
public interface LibNftables {
  /** nft_ctx_new: a context with a netlink socket that is open until it is freed. */
  Pointer nft_ctx_new(int flags);

  /** nft_ctx_buffer_output: what would go to standard output is kept. */
  int nft_ctx_buffer_output(Pointer context);

  /** nft_ctx_buffer_error: what would go to standard error is kept. */
  int nft_ctx_buffer_error(Pointer context);

  /** nft_ctx_get_output_buffer: what the last script printed. */
  @Encoding("UTF-8")
  String nft_ctx_get_output_buffer(Pointer context);

  /** nft_ctx_get_error_buffer: what the last script was answered. */
  @Encoding("UTF-8")
  String nft_ctx_get_error_buffer(Pointer context);

  /** nft_ctx_set_dry_run: whether scripts are only checked. */
  void nft_ctx_set_dry_run(Pointer context, boolean dry);

  /** nft_run_cmd_from_filename: 0 if all of it was carried out. */
  int nft_run_cmd_from_filename(Pointer context, String file);
}
