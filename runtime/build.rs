//! Compiles the C shim, thread-local error state and the guard around API calls, and the pool of threads.

fn main() {
    println!("cargo::rerun-if-changed=src/shim.c");
    println!("cargo::rerun-if-changed=src/pool.c");
    cc::Build::new()
        .file("src/shim.c")
        .file("src/pool.c")
        .flag_if_supported("-mtls-dialect=gnu2")
        .flag_if_supported("-ffunction-sections")
        .flag_if_supported("-fvisibility=hidden")
        .pic(true)
        .opt_level(2)
        .warnings(true)
        .compile("tsrt_shim");
}
