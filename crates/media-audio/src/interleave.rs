//! From decoded planes to interleaved samples.

use symphonia::core::audio::conv::FromSample;
use symphonia::core::audio::sample::Sample;
use symphonia::core::audio::{Audio, AudioBuffer, GenericAudioBufferRef};

/// Copies a packet's frames as interleaved `f32`.
///
/// Stereo in the usual sample formats has a loop of its own, in which the
/// compiler sees that a frame is two samples and uses vector instructions.
pub(crate) fn interleave(buffer: &GenericAudioBufferRef<'_>, samples: &mut Vec<f32>) {
    match buffer {
        GenericAudioBufferRef::S16(buffer) => interleave_as(buffer, samples),
        GenericAudioBufferRef::S24(buffer) => interleave_as(buffer, samples),
        GenericAudioBufferRef::S32(buffer) => interleave_as(buffer, samples),
        GenericAudioBufferRef::F32(buffer) => interleave_as(buffer, samples),
        other => other.copy_to_vec_interleaved(samples),
    }
}

fn interleave_as<S: Sample>(buffer: &AudioBuffer<S>, samples: &mut Vec<f32>)
where
    f32: FromSample<S>,
{
    match (buffer.num_planes(), buffer.plane_pair(0, 1)) {
        (2, Some((left, right))) => {
            samples.resize(left.len() * 2, 0.0);
            let (frames, _) = samples.as_chunks_mut::<2>();
            for (frame, (left, right)) in frames.iter_mut().zip(left.iter().zip(right)) {
                *frame = [f32::from_sample(*left), f32::from_sample(*right)];
            }
        }
        _ => buffer.copy_to_vec_interleaved(samples),
    }
}
