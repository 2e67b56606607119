//! The Rust binding of counter.py and kinds.py: instances free themselves, failures are errors.

mod counter {
    include!(concat!(env!("OUT"), "/counter.rs"));
}
mod kinds {
    include!(concat!(env!("OUT"), "/kinds.rs"));
}

use counter::{Stack, View, counter as Counter};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let data = [1f32, 2.0];
    let x = View::new(&data, &[2]);
    let (mut a, mut b) = (Counter::new()?, Counter::new()?);
    assert_eq!((a.forward(&x)?, a.forward(&x)?, b.forward(&x)?), (1, 2, 1));
    let mut c = a.try_clone()?;
    assert_eq!((c.forward(&x)?, a.get_count()?), (3, 2));
    let mean = c.mean()?;
    assert_eq!((mean.shape(), mean.as_slice::<f32>(), mean.as_slice::<f64>()), (&[2i64][..], Some(&[1f32, 2.0][..]), None));
    let mut out = [0f32; 2];
    c.mean_into(&mut View::into(&mut out, &[2]))?;
    assert_eq!(out, [1.0, 2.0]);
    let mut short = [0f32; 1];
    let error = c.mean_into(&mut View::into(&mut short, &[1])).unwrap_err();
    assert!(error.status == 13 && error.message.contains("size [2]"), "{error}");
    // A result may outlive its instance, and be an argument.
    drop(c);
    assert_eq!(b.forward(&mean)?, 2);
    assert_eq!(b.get_sum()?.as_slice::<f32>(), Some(&[2f32, 4.0][..]));

    let mut s = Stack::new(1)?;
    assert!(s.push(5)? && !s.push(6)? && s.top()? == 5);
    assert_eq!(s.get_items()?, [0, 5]);

    assert_eq!(kinds::add(40, 2)?, 42);
    assert_eq!((kinds::greet("Ada")?.contains("Ada"), kinds::squares(&[2, 3])?), (true, vec![4, 9]));
    assert_eq!((kinds::or_zero(None)?, kinds::or_zero(Some(3))?), (0, 3));
    let parts = kinds::parts(&kinds::View::new(&data, &[2]))?;
    assert!(parts.len > 0);
    let error = kinds::check(-1).unwrap_err();
    assert!(error.r#type == "ValueError" && error.to_string().contains("kinds.py"), "{error}");
    println!("all as expected");
    Ok(())
}
