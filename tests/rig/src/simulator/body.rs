//! Bodies of answers, whole or as a fault has them go out.

use std::io::{self, Read as _};
use std::time::Duration;

use flate2::Compression;
use flate2::read::GzEncoder;
use futures::stream::{self, Stream, StreamExt as _};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Bytes, Frame};

use crate::simulator::behavior::Pace;

/// A body that may fail half-way, which closes the connection.
pub(super) type Body = BoxBody<Bytes, io::Error>;

/// What is sent at once of a huge or endless body.
const PIECE: usize = 64 * 1024;

/// How long the headers have to reach the client before the connection is closed.
const FLUSH: Duration = Duration::from_millis(20);

/// A body of known bytes.
pub(super) fn known(octets: Vec<u8>, pace: Pace) -> Body {
    match pace {
        Pace::Drip(gap) => streamed(stream::iter(octets).then(move |octet| async move {
            tokio::time::sleep(gap).await;
            Ok(Bytes::from(vec![octet]))
        })),
        Pace::Truncated(bytes) => cut(&octets[..bytes.min(octets.len())]),
        Pace::CloseAfterHeaders => cut(&[]),
        Pace::Whole | Pace::CloseBeforeHeaders => Full::from(octets).map_err(never).boxed(),
    }
}

/// A JSON string of so many bytes.
pub(super) fn huge(bytes: u64) -> Body {
    let filling = bytes.saturating_sub(2);
    let pieces = (0..filling.div_ceil(PIECE as u64)).map(move |index| {
        let left = usize::try_from(filling - index * PIECE as u64).unwrap_or(PIECE);
        Ok(Bytes::from(vec![b'a'; left.min(PIECE)]))
    });
    let quote = || stream::iter([Ok(Bytes::from_static(b"\""))]);
    streamed(quote().chain(stream::iter(pieces)).chain(quote()))
}

/// A body without an end.
pub(super) fn endless() -> Body {
    streamed(stream::repeat_with(|| Ok(Bytes::from(vec![b' '; PIECE]))))
}

/// A gzip body that unpacks to so many bytes of spaces.
pub(super) fn gzip_bomb(bytes: u64) -> Vec<u8> {
    let spaces = io::repeat(b' ').take(bytes);
    let mut packed = Vec::new();
    // Neither side of the copy can fail: one repeats, the other grows.
    let _ = GzEncoder::new(spaces, Compression::best()).read_to_end(&mut packed);
    packed
}

fn cut(sent: &[u8]) -> Body {
    let sent = Bytes::copy_from_slice(sent);
    let end = stream::once(async {
        tokio::time::sleep(FLUSH).await;
        Err(io::Error::from(io::ErrorKind::ConnectionReset))
    });
    streamed(stream::iter((!sent.is_empty()).then_some(Ok(sent))).chain(end))
}

fn streamed(stream: impl Stream<Item = io::Result<Bytes>> + Send + Sync + 'static) -> Body {
    BodyExt::boxed(StreamBody::new(stream.map(|piece| piece.map(Frame::data))))
}

fn never(error: std::convert::Infallible) -> io::Error {
    match error {}
}
